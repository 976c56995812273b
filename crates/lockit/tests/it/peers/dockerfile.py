"""Reads Dockerfiles back and prints their stages: dockerfile.py FILE..."""

import pathlib
import sys
import tempfile

from dockerfile_parse import DockerfileParser

for name in sys.argv[1:]:
    parser = DockerfileParser(path=tempfile.mkdtemp())
    parser.content = pathlib.Path(name).read_text()
    words = {line["instruction"] for line in parser.structure}
    unknown = words - set("ARG CMD COMMENT COPY ENV EXPOSE FROM HEALTHCHECK LABEL RUN USER WORKDIR".split())
    assert not unknown, (name, unknown)
    print(name, len(parser.parent_images), parser.baseimage)
