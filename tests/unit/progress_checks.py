"""What a half-trained task consists of, by looking: all that a step changes, and nothing else, is saved with it."""

import io

import torch


def contents(part, seen=()):
    """What a part holds, comparable: state of modules and optimisers, tensors as lists, objects as their attributes."""
    if isinstance(part, torch.Tensor):
        return part.detach().double().tolist()
    if isinstance(part, torch.Generator):
        return part.get_state().tolist()
    if hasattr(part, "state_dict"):
        return contents(part.state_dict(), seen)
    if isinstance(part, dict):
        return {name: contents(value, seen) for name, value in part.items()}
    if isinstance(part, list | tuple | set):
        return [contents(value, seen) for value in part]
    if id(part) in seen or isinstance(part, type) or callable(part):
        return None
    return contents(vars(part), (*seen, id(part))) if hasattr(part, "__dict__") else repr(part)


def unlisted(method, steps=3):
    """Attributes of a method which ``step`` changes or makes, and which PROGRESS does not name; caches aside."""
    before = {name: contents(part) for name, part in vars(method).items()}
    x = torch.randint(0, 256, (method.images_a_step, 1, 8, 8), dtype=torch.uint8)
    for _ in range(steps):
        method.step({"x": x, "a": 255 - x, "y": torch.tensor(method.task.labels).repeat(len(x))[: len(x)]})
    after = {name: contents(part) for name, part in vars(method).items()}
    changed = {name for name in after if name not in before or before[name] != after[name]} - set(method.PROGRESS)
    return {name for name in changed if not name.startswith("_")}


def assert_progress(begin):
    """Progress holds all that a step changes, and nothing else, and comes back from a file.

    A part that PROGRESS forgets is lost when a job is killed; a teacher in it is written again and again.

    Args:
        begin: makes a method that has begun its task, the same one every time.
    """
    method = begin()
    assert unlisted(method) == set()
    saved = io.BytesIO()
    torch.save(method.progress(), saved)
    saved.seek(0)
    resumed = begin()
    start = {part: contents(getattr(resumed, part)) for part in method.PROGRESS}
    resumed.resume(torch.load(saved, weights_only=True))
    for part in method.PROGRESS:
        assert contents(getattr(resumed, part)) == contents(getattr(method, part)) != start[part], part
