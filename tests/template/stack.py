"""`template.yaml` as CloudFormation gets it: after SAM's transform, by the very code that runs in AWS.

No account and no network are needed: the only thing that the transform would ask AWS for is the list of managed
policies, which this template does not use.
"""

import functools
import logging
import os
import re
from pathlib import Path

# The transform wants a region, to name the partition; and SAM must not report that it ran.
os.environ["AWS_DEFAULT_REGION"] = "eu-central-1"
os.environ["SAM_CLI_TELEMETRY"] = "0"

from samcli.yamlhelper import yaml_parse
from samtranslator.translator.transform import transform

logging.getLogger("samtranslator.metrics").setLevel(logging.CRITICAL)

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "template.yaml"

# What stands where a property is left out.
NO_VALUE = {"Ref": "AWS::NoValue"}


class NoManagedPolicies:
    """In place of the loader that asks IAM."""

    def load(self):
        return {}


def source():
    """The template as it is written."""
    return yaml_parse(TEMPLATE.read_text())


def transform_of(template, **parameters):
    """What SAM makes of a template, for a stack with these parameters and the defaults of the others."""
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            # `sam package` puts the address of the upload here.
            resource["Properties"]["CodeUri"] = "s3://bucket/key"
    return transform(template, parameters, NoManagedPolicies())


@functools.cache
def transformed(**parameters):
    """`template.yaml` after the transform."""
    return transform_of(source(), **parameters)


@functools.cache
def stack(**parameters):
    """`transformed` as it is deployed: conditions decided, and every function evaluated that needs no resource. The
    parameters that hold the names of table and bucket are read, too."""
    template = transformed(**parameters)
    values = {name: parameter.get("Default") for name, parameter in template["Parameters"].items()} | parameters
    conditions = template["Conditions"]
    resources = template["Resources"]
    names = {
        name: evaluated(resource["Properties"]["Value"], values, conditions)
        for name, resource in resources.items()
        if resource["Type"] == "AWS::SSM::Parameter"
    }
    whole = {part: evaluated(template[part], values, conditions, names) for part in ("Resources", "Outputs")}
    made = lambda entry: evaluated({"Condition": entry.get("Condition")}, values, conditions)  # noqa: E731
    return {
        part: {name: entry for name, entry in entries.items() if made(template[part][name])}
        for part, entries in whole.items()
    }


def deployed(**parameters):
    """The resources of `stack`."""
    return stack(**parameters)["Resources"]


def evaluated(value, parameters, conditions, names=None):
    """A part of a template with its `Ref`s of parameters, conditions, `Fn::Split`s and `Fn::Sub`s of parameters
    evaluated, and the values of `names` in place of `Fn::GetAtt`s; others stay."""
    again = functools.partial(evaluated, parameters=parameters, conditions=conditions, names=names)
    names = names or {}
    if isinstance(value, list):
        return [item for item in map(again, value) if item != NO_VALUE]
    if not isinstance(value, dict):
        return value
    match list(value.items()):
        case [("Ref", name)] if name in parameters:
            return parameters[name]
        case [("Condition", None)]:
            return True
        case [("Condition", str(name))] if name in conditions:
            return again(conditions[name])
        case [("Fn::If", [condition, yes, no])]:
            return again(yes if again(conditions[condition]) else no)
        case [("Fn::And", parts)]:
            return all(map(again, parts))
        case [("Fn::Not", [condition])]:
            return not again(condition)
        case [("Fn::Equals", [left, right])]:
            return str(again(left)) == str(again(right))
        case [("Fn::Split", [separator, text])]:
            return again(text).split(separator)
        case [("Fn::GetAtt", [name, "Value"])] if name in names:
            return names[name]
        case [("Fn::Sub", str(text))]:
            return substituted(text, parameters, names)
    return {key: item for key, item in ((key, again(item)) for key, item in value.items()) if item != NO_VALUE}


def substituted(text, parameters, names):
    """A `Fn::Sub` with parameters and `names` filled in, as a text if nothing else is left to fill in."""

    def fill(found):
        name = found[1]
        value = names.get(name.removesuffix(".Value")) if name.endswith(".Value") else parameters.get(name)
        match value:
            case {"Ref": resource}:
                return f"${{{resource}}}"
            case {"Fn::GetAtt": [resource, attribute]}:
                return f"${{{resource}.{attribute}}}"
            case {"Fn::Sub": inner}:
                return inner
        return found[0] if value is None else str(value)

    filled = re.sub(r"\$\{([\w:.]+)\}", fill, text)
    return {"Fn::Sub": filled} if "${" in filled else filled


def references(value):
    """The names of the resources, parameters and pseudo parameters that a part of a template refers to."""
    if isinstance(value, list):
        return set().union(*map(references, value))
    if not isinstance(value, dict):
        return set()
    match list(value.items()):
        case [("Ref", name)]:
            return {name}
        case [("Fn::GetAtt", [name, *_])]:
            return {name}
        case [("Fn::Sub", str(text))]:
            return set(re.findall(r"\$\{([\w:]+)[.\w]*\}", text))
        case [("Fn::Sub", [text, given])]:
            return references({"Fn::Sub": text}) - set(given) | references(given)
    depends = value.get("DependsOn", [])
    depends = set(depends) if isinstance(depends, list) else {depends}
    return depends.union(*map(references, value.values()))


def of_type(resources, kind):
    """The properties of the resources of a type, by logical id."""
    return {name: resource.get("Properties", {}) for name, resource in resources.items() if resource["Type"] == kind}


def leaves(value, path=()):
    """Every key, and every value that is no collection, with the path to it."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if not isinstance(value, (dict, list)):
        yield path, value
    for key, item in items:
        yield (*path, key), key
        yield from leaves(item, (*path, key))
