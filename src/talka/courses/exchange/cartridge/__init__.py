"""Common Cartridge 1.1 to 1.3: courses as 1EdTech describes them for exchange between platforms."""

from talka.courses.exchange.cartridge.reading import NAME, is_cartridge, read_cartridge
from talka.courses.exchange.cartridge.writing import write_item, write_pack

__all__ = ["NAME", "is_cartridge", "read_cartridge", "write_item", "write_pack"]
