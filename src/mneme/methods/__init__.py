"""Whatever learns: a folder a family, called after its paper.

Modules of the folders that ``MNEME_METHODS`` names (joined by ``:``) are imported as if they lay here: methods outside
the checkout, which a config names under ``method_folders``.
"""

import os
from pathlib import Path

__path__ += [str(Path(folder).resolve()) for folder in os.environ.get("MNEME_METHODS", "").split(os.pathsep) if folder]
