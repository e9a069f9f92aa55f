"""Hyper-LifelongGAN: Scalable Lifelong Learning for Image Conditioned Generation (Zhai, Chen, Mori; ICCV 2021)."""
