"""Bring a dataset's files to uint8 tensors of one size."""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))
import torch

from mneme import files
from mneme.data.prepare import prepare
from mneme.errors import UserError, run


def role_and_path(text: str) -> tuple[str, Path]:
    role, separator, path = text.partition("=")
    if not separator:
        raise argparse.ArgumentTypeError(f"'{text}' is not ROLE=PATH")
    return role, Path(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spec", type=json.loads, required=True, help="the job's spec, a JSON object")
    origin = parser.add_mutually_exclusive_group()
    origin.add_argument("--files", type=role_and_path, nargs="*", default=[], metavar="ROLE=PATH")
    origin.add_argument("--source", type=Path, help="a folder, tar or zip of images")
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    if options.source and options.spec["format"] != "image_folder":
        raise UserError(f"--source: format {options.spec['format']} takes --files ROLE=PATH, not a source")

    torch.set_num_threads(1)
    prepared = prepare(options.spec, options.source or dict(options.files))
    files.save(options.output, prepared)
    for split in ("train", "test"):
        counts = torch.bincount(prepared[f"y_{split}"], minlength=len(prepared["classes"])).tolist()
        held = ", ".join(f"{name} {count}" for name, count in zip(prepared["classes"], counts, strict=True))
        print(f"{split}: {list(prepared[f'x_{split}'].shape)} ({held})")


if __name__ == "__main__":
    run(main)
