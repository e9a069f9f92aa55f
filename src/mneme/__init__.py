"""Mneme: generative models that learn one task after another without forgetting.

Nothing is imported here: a training job must not pay for the imports of a figure, and the set of
modules a job imports is part of that job's identity (``mneme.plan.code``).
"""
