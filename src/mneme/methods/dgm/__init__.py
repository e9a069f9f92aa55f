"""Ostapenko, Puscas, Klein, Jähnichen, Nabi, "Learning to Remember: A Synaptic Plasticity Driven Framework for
Continual Learning", CVPR 2019: Dynamic Generative Memory (DGM)."""
