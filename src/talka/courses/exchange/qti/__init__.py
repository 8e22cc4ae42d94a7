"""QTI: items and tests as 1EdTech describes them. Versions 2.1 to 3.0 come in, 3.0 goes out."""

from talka.courses.exchange.qti.item import NAME, plainly
from talka.courses.exchange.qti.package import read_package, read_single
from talka.courses.exchange.qti.packing import write_pack
from talka.courses.exchange.qti.reading import item_of
from talka.courses.exchange.qti.writing import write_item

__all__ = ["NAME", "item_of", "plainly", "read_package", "read_single", "write_item", "write_pack"]
