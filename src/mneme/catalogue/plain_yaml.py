"""Read YAML as plain data: mistakes are errors, and no file can run code or exhaust the memory."""

import math
from itertools import accumulate
from pathlib import Path
from typing import Any

import yaml

from mneme.errors import UserError

LARGEST = 100_000  # values in a file with its aliases expanded: nested ones can make a billion of ten lines

DEEPEST = 50  # mappings and lists inside each other

MERGE = "tag:yaml.org,2002:merge"

TEMPLATE = "__use_yte__"  # at the top of a config file: Snakemake evaluates its values as Python


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # libyaml, if installed, is eight times as fast
    """Safe YAML: no tags, no repeated or merged keys, no aliases that expand without bound."""

    def get_single_node(self) -> yaml.Node | None:
        node = super().get_single_node()
        if node is not None and values(node, {}) > LARGEST:
            words = f"its aliases stand for more than {LARGEST} values; write out what is meant"
            raise yaml.composer.ComposerError(None, None, words, node.start_mark)
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        if any(key.tag == MERGE for key, _ in node.value):
            words = "keys are not merged by '<<'; write them out"
            raise yaml.constructor.ConstructorError(None, None, words, node.start_mark)
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if repeated := [key for key in keys if keys.count(key) > 1]:
            words = f"the key '{repeated[0]}' is written twice"
            raise yaml.constructor.ConstructorError(None, None, words, node.start_mark)
        return super().construct_mapping(node, deep)


def values(node: yaml.Node, known: dict[int, float]) -> float:
    """The number of values in a node with its aliases expanded; infinite for a node inside itself."""
    if id(node) not in known:
        known[id(node)] = math.inf
        children = node.value if isinstance(node, yaml.CollectionNode) else ()
        if isinstance(node, yaml.MappingNode):
            children = [part for pair in children for part in pair]
        known[id(node)] = 1 + sum(values(child, known) for child in children)
    return known[id(node)]


def too_deep(text: str) -> bool:
    """Whether mappings and lists are nested too deep, without building them: libyaml recurses without a bound."""
    starts, ends = yaml.CollectionStartEvent, yaml.CollectionEndEvent
    changes = (isinstance(event, starts) - isinstance(event, ends) for event in yaml.parse(text, Loader))
    return any(depth > DEEPEST for depth in accumulate(changes))


def read(path: Path) -> Any:
    """The content of a YAML file.

    Raises:
        UserError: the file is missing, not YAML in UTF-8, nested too deep, has tags or a repeated key, or is too
            large with its aliases expanded.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
        if too_deep(text):
            raise UserError(f"{path}: not plain YAML: nested more than {DEEPEST} deep; write it flat")
        return yaml.load(text, Loader)
    except FileNotFoundError:
        raise UserError(f"{path}: no such file") from None
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:  # a ValueError is a date like 2026-99-99
        reason = " ".join(str(error).replace('in "<unicode string>", ', "at ").split())
        raise UserError(f"{path}: not plain YAML: {reason}") from None


def read_mapping(path: Path) -> dict[str, Any]:
    """The content of a YAML file that must be a mapping.

    Raises:
        UserError: as :func:`read`, or the content is not a mapping, or a template.
    """
    content = read(path)
    if not isinstance(content, dict):
        raise UserError(f"{path}: holds {type(content).__name__}, not a mapping of keys to values")
    if TEMPLATE in content:
        raise UserError(
            f"{path}: '{TEMPLATE}' makes Snakemake run the file's values as Python; remove it, write values"
        )
    return content
