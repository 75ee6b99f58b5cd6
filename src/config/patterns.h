// The text patterns of the schemas: the regular expression that messages show, and the code that decides.
// Source: schemas.py and constants.py of skypilot 0.14.1, 2026-11.
#pragma once

#include "format/schema.h"

namespace sky::patterns {

auto infra() -> SchemaPattern;        // cloud[/region[/zone]], k8s/context, `*` as a wildcard
auto memory_size() -> SchemaPattern;  // 256, 64GB, 16Gi
extern const SchemaPattern kMinutes;  // 10, 10m, 2h, 1d, 1w
extern const SchemaPattern kAll;      // the word all
extern const SchemaPattern kBucketUrl;
extern const SchemaPattern kHttpUrl;
extern const SchemaPattern kPythonPath;
extern const SchemaPattern kServiceAccountToken;
extern const SchemaPattern kGcpVpcName;
extern const SchemaPattern kOneLine;
extern const SchemaPattern kHostName;
extern const SchemaPattern kMountPath;
extern const SchemaPattern kUserName;
extern const SchemaPattern kSubPath;
extern const SchemaPattern kVariableName;    // of an environment variable
extern const SchemaPattern kAcceleratorKey;  // H100 or H100:8
extern const SchemaPattern kRcloneSize;      // 32M
extern const SchemaPattern kRcloneDuration;  // 1h30m

}  // namespace sky::patterns
