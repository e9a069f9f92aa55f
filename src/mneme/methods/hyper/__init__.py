"""Hyper-LifelongGAN: Scalable Lifelong Learning for Image Conditioned Generation (Zhai, Chen, Mori; CVPR 2021)."""
