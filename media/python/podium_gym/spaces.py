"""Spaces of actions and observations: gymnasium's own kind when it is installed, the same shape when not."""

import json
import random

try:
    from gymnasium import Env
    from gymnasium.spaces import Space

    HAS_GYMNASIUM = True
except ImportError:
    HAS_GYMNASIUM = False

    class Env:
        """The part of gymnasium's Env that trainers call, for when it is not there."""

        metadata = {"render_modes": []}
        render_mode = None
        spec = None

        def reset(self, *, seed=None, options=None):
            del seed, options

        @property
        def unwrapped(self):
            return self

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.close()
            return False

        def close(self):
            """Nothing is held by the base."""

    class Space:
        """The part of gymnasium's Space that is used here."""

        def __init__(self, shape=None, dtype=None, seed=None):
            self.shape, self.dtype = shape, dtype
            self.seed(seed)

        def seed(self, seed=None):
            return seed


def is_json(value):
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return False
    return True


class ObservationSpace(Space):
    """Observations as objects of JSON. They are made by the environment only: nothing to sample."""

    def contains(self, x):
        return isinstance(x, dict) and is_json(x)

    def __contains__(self, x):
        return self.contains(x)

    def sample(self, mask=None, probability=None):
        raise NotImplementedError("observations come from the environment")


class ActionSpace(Space):
    """Actions `{"name", "params"}`. Samples fit the schemas that the server has sent with `reset`."""

    def __init__(self, seed=None):
        self.actions = {}
        self._random = random.Random()
        super().__init__(None, None, seed)

    def seed(self, seed=None):
        self._random = random.Random(seed)
        return seed

    def contains(self, x):
        return isinstance(x, dict) and isinstance(x.get("name"), str) and is_json(x.get("params", {}))

    def __contains__(self, x):
        return self.contains(x)

    def sample(self, mask=None, probability=None):
        """A random action: any name (of `mask` when given, a collection of names) with random parameters."""
        del probability
        names = sorted(name for name in self.actions if mask is None or name in mask)
        if not names:
            raise ValueError("no actions are known: reset first")
        name = self._random.choice(names)
        schema = self.actions[name].get("parameters", {})
        required = schema.get("required", [])
        params = {key: self._value(part) for key, part in schema.get("properties", {}).items()
                  if key in required or self._random.random() < 0.3}
        return {"name": name, "params": params}

    def _value(self, schema):
        if "enum" in schema:
            return self._random.choice(schema["enum"])
        if "const" in schema:
            return schema["const"]
        for several in ("anyOf", "oneOf"):
            if several in schema:
                return self._value(self._random.choice(schema[several]))
        kind = schema.get("type")
        if kind == "boolean":
            return self._random.random() < 0.5
        if kind in ("integer", "number"):
            low = schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
            return self._random.randint(int(low), int(min(schema.get("maximum", low + 9), low + 9)))
        if kind == "array":
            return [self._value(schema.get("items", {}))]
        if kind == "null":
            return None
        if kind == "object":
            return {}
        return self._random.choice(["data/train.csv", "train.py", "solution.ipynb", "print('hello')", "x = 1"])
