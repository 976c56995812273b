"""Validates bills of materials: sbom.py CYCLONEDX SPDX"""

import sys

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(open(sys.argv[1]).read())
if error:
    sys.exit(f"{sys.argv[1]}: {error}")
document = parse_file(sys.argv[2])
for message in validate_full_spdx_document(document):
    sys.exit(f"{sys.argv[2]}: {message.validation_message}")
print("packages", len(document.packages))
