"""One module per file format, found by name: ``mneme.data.formats.<format>``, each with::

    ROLES: tuple[str, ...]     # the files it reads, by their role in config/datasets.yaml
    read(files: dict[str, Path] | Path, options: Mapping[str, Any]) -> Splits

``files`` maps the roles to local files (or is a user's own folder or archive), ``options`` is the prepare job's spec.
Nothing is imported here, so that a change of one format reruns only the datasets in that format.
"""
