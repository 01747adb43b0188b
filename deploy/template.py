"""Rewriting `template.yaml` as text, so that comments and short forms stay."""

import re

# A function as the template writes each of them, or as a released template does, which has no `Metadata`.
FUNCTION = re.compile(
    r"^  (?P<name>\w+):\n    Type: AWS::Serverless::Function\n"
    r"(?P<metadata>    Metadata:\n      BuildMethod: rust-cargolambda\n"
    r"      BuildProperties:\n        Binary: (?P<binary>\S+)\n)?"
    r"    Properties:\n      CodeUri: (?P<code>\S+)\n",
    re.MULTILINE,
)
ARCHITECTURES = {"arm64": 183, "x86_64": 62}
ARCHITECTURE = "    Architectures: [arm64]\n"


class NotThere(Exception):
    """The template is not as these functions expect it."""


def binary_of(found):
    """The name of a function's binary, from what a match of `FUNCTION` found."""
    return found["binary"] or found["code"].rpartition("/")[2].removesuffix(".zip")


def functions(text):
    """The names of the binaries of all functions, in order."""
    names = [binary_of(found) for found in FUNCTION.finditer(text)]
    if len(names) != text.count("Type: AWS::Serverless::Function") or len(set(names)) != len(names):
        raise NotThere("a function is written in another way than the others, or two have one binary")
    return names


def released(text, architecture):
    """The template with a zip in place of the sources of each function, for functions built for an architecture."""
    return with_code(text, architecture, lambda name: f"functions/{name}.zip")


def with_code(text, architecture, code):
    """The template with built code in place of the sources of each function: what `code` says of its binary."""
    functions(text)
    if architecture not in ARCHITECTURES or text.count(ARCHITECTURE) != 1:
        raise NotThere(f"no place for the architecture {architecture}")

    def built(found):
        start = f"  {found['name']}:\n    Type: AWS::Serverless::Function\n"
        return f"{start}    Properties:\n      CodeUri: {code(binary_of(found))}\n"

    return FUNCTION.sub(built, text).replace(ARCHITECTURE, f"    Architectures: [{architecture}]\n")


def on_folders(text, architecture, bootstraps, variables):
    """The template with the folder of each built function in place of its sources, and with more variables."""
    start = "    Environment:\n      Variables:\n"
    if text.count(start) != 1:
        raise NotThere("no one place for variables of all functions")
    known = re.findall(r"^        (\w+):", text[text.index(start) + len(start) :].partition("\n    #")[0], re.MULTILINE)
    more = "".join(f'        {name}: "{value}"\n' for name, value in variables.items() if name not in known)
    return with_code(text, architecture, lambda name: bootstraps / name).replace(start, start + more)


def provisioned(text, wanted, moment):
    """The template with so many processes of the named functions kept ready.

    Provisioned processes belong to a version, and SAM makes a new version when the template says something new of the
    function: the values of parameters, such as the name of a restored table, are not looked at. So `moment`, which is
    another each time, stands in the description.
    """
    unknown = set(wanted) - set(functions(text))
    if unknown:
        raise NotThere(f"there is no function {', '.join(sorted(unknown))}")

    def ready(found):
        n_ready = wanted.get(binary_of(found))
        if n_ready is None:
            return found[0]
        return (
            f"{found[0]}      Description: Published {moment}\n      AutoPublishAlias: live\n"
            "      AutoPublishAliasAllProperties: true\n"
            f"      ProvisionedConcurrencyConfig: {{ ProvisionedConcurrentExecutions: {n_ready} }}\n"
        )

    return FUNCTION.sub(ready, text)
