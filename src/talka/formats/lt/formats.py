"""Lithuanian as the language commission writes it: thousands apart by a space; the rest is Django's."""

THOUSAND_SEPARATOR = "\u00a0"
