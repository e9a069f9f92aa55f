"""YAML as data and nothing else: what is written by hand, read so that a slip is an error and no file can do harm."""

import math
from pathlib import Path
from typing import Any

import yaml

from mneme.errors import UserError

LARGEST = 100_000  # values in a file, what its aliases stand for counted in full: nested, ten lines can hold a billion

DEEPEST = 50  # mappings and lists inside each other

TEMPLATE = "__use_yte__"  # at the top of a config file: Snakemake evaluates its values as Python


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # libyaml where it is: it parses eight times as fast
    """Safe YAML: no tags, no key written twice, no aliases that blow up."""

    def get_single_node(self) -> yaml.Node | None:
        node = super().get_single_node()
        if node is not None and values(node, {}) > LARGEST:
            words = f"its aliases stand for more than {LARGEST} values; write out what is meant"
            raise yaml.composer.ComposerError(None, None, words, node.start_mark)
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key '{key}' is written twice", node.start_mark
                )
        return super().construct_mapping(node, deep)


def values(node: yaml.Node, known: dict[int, float]) -> float:
    """How many values a node holds once its aliases are written out; infinite for a node inside itself."""
    if id(node) not in known:
        known[id(node)] = math.inf
        children = node.value if isinstance(node, yaml.CollectionNode) else ()
        if isinstance(node, yaml.MappingNode):
            children = [part for pair in children for part in pair]
        known[id(node)] = 1 + sum(values(child, known) for child in children)
    return known[id(node)]


def depth(text: str) -> int:
    """How deep mappings and lists are nested, without building them: libyaml's recursion knows no end."""
    deepest = now = 0
    for event in yaml.parse(text, Loader):
        now += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        deepest = max(deepest, now)
        if deepest > DEEPEST:
            break
    return deepest


def read(path: Path) -> Any:
    """The content of a YAML file.

    Raises:
        UserError: the file is missing, not YAML in UTF-8, nested too deep, carries tags, repeats a key or blows up.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
        if depth(text) > DEEPEST:
            raise UserError(f"{path}: not plain YAML: nested more than {DEEPEST} deep; write it flat")
        return yaml.load(text, Loader)
    except FileNotFoundError:
        raise UserError(f"{path}: no such file") from None
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:  # a ValueError is a date like 2026-99-99
        reason = " ".join(str(error).replace('in "<unicode string>", ', "at ").split())
        raise UserError(f"{path}: not plain YAML: {reason}") from None


def read_mapping(path: Path) -> dict[str, Any]:
    """The same of a file that holds a mapping.

    Raises:
        UserError: as :func:`read`, or it holds something else, or a template.
    """
    content = read(path)
    if not isinstance(content, dict):
        raise UserError(f"{path}: holds {type(content).__name__}, not a mapping of keys to values")
    if TEMPLATE in content:
        raise UserError(
            f"{path}: '{TEMPLATE}' makes Snakemake run the file's values as Python; remove it, write values"
        )
    return content
