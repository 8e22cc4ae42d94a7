"""The generator of the sample network: a whole network that lives, made from `content/network/` and a seed."""
