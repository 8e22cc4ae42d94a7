"""Common Cartridge 1.1 to 1.3: courses as 1EdTech describes them for exchange between platforms."""

from talka.courses.exchange.cartridge.reading import NAME, is_cartridge, read_cartridge

__all__ = ["NAME", "is_cartridge", "read_cartridge"]
