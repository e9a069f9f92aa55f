"""Classifiers that learn a stream class-incrementally (GAN Memory, section 5.2 and appendix F)."""
