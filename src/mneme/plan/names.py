"""Words with a meaning of their own in configs and paths, and the paths of results."""

BASE = "base"
"""The base GAN: in tables and figures a method of this name, with the source as its task 0."""

TRAINED = "trained"
"""The base GAN of a stream that names no published one."""

RESERVED = (BASE, "real", "bases", "classifiers", "figures", "tables", "claims")
"""Folders of ``results/<tier>/``: no stream or method can have their names."""

CHECKPOINT = "<results>/{stream}/{method}/seed{seed}/task{task}"
"""Folder of a checkpoint and of what is measured of it, as Snakemake writes it."""
