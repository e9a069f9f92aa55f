"""Numbers that were published of MeRGAN and its rivals, for the tables that show them beside ours; as shares.

MNIST: Table 1 of the workshop paper. SVHN: DGM's Table 1 (Ostapenko et al., 2019), which quotes MeRGAN's longer
version; it has none for SFT, and one line for MeRGAN without saying of which variant: on MNIST that line pairs RA after
5 tasks with JTR after 10. Its JT is a solver trained on real images and asked about test images, another metric than
ours, and is left out. LSUN: the published review of the longer version, which has numbers of the two MeRGANs only.
"""

AFTER = (5, 10)
MNIST = {
    "jt": (0.9766, 0.9692),
    "sft": (0.1987, 0.1006),
    "ewc": (0.7062, 0.7703),
    "dgr": (0.9039, 0.8540),
    "mergan_jtr": (0.9793, 0.9700),
    "mergan_ra": (0.9819, 0.9701),
}
SVHN = {
    "ewc": (0.3984, 0.3302),
    "dgr": (0.6129, 0.4728),
}
ACCURACY = {"svhn_10": ("SVHN", "as DGM's Table 1 quotes it", SVHN)}  # any other stream stands beside MNIST
UNTOLD = "Published of MeRGAN on SVHN, variant not told: 80.90 after 5 tasks, 66.78 after 10."
SCENE_STREAMS = ("lsun_4", "scenes")  # LSUN, and the set that stands in for it
SCENES = {
    "class_accuracy": {"mergan_jtr": 0.7919, "mergan_ra": 0.8103},
    "reverse_accuracy": {"mergan_jtr": 0.7000, "mergan_ra": 0.8362},
    "fid": {"mergan_jtr": 49.69, "mergan_ra": 37.73},
}
