"""What `deploy/` makes of the template: a folder that needs no Rust, and functions that are kept ready."""

import struct
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path

import stack
from samcli.yamlhelper import yaml_parse

sys.path.insert(0, str(stack.ROOT / "deploy"))
import release
import template

FUNCTION = "AWS::Serverless::Function"
SOURCE = stack.TEMPLATE.read_text()


def elf(machine):
    """As much of a program as the release looks at."""
    return b"\x7fELF" + bytes(14) + struct.pack("<H", machine) + bytes(100)


def built(folder, machine, but=()):
    """A folder as `cargo lambda build` leaves it."""
    for name in template.functions(SOURCE):
        if name not in but:
            (folder / name).mkdir()
            (folder / name / "bootstrap").write_bytes(elf(machine) + name.encode())
    return folder


class Release(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.bootstraps, self.out = Path(folder.name, "lambda"), Path(folder.name, "dist")
        self.bootstraps.mkdir()

    def test_each_function_of_the_template_is_its_own_executable_in_a_zip_that_is_there(self):
        release.release(built(self.bootstraps, 183), "arm64", self.out)
        rewritten = yaml_parse((self.out / "template.yaml").read_text())["Resources"]
        source = stack.of_type(stack.source()["Resources"], FUNCTION)
        binaries = {name: stack.source()["Resources"][name]["Metadata"]["BuildProperties"]["Binary"] for name in source}
        self.assertEqual(set(stack.of_type(rewritten, FUNCTION)), set(source))
        for name, properties in stack.of_type(rewritten, FUNCTION).items():
            self.assertEqual(properties["CodeUri"], f"functions/{binaries[name]}.zip")
            with zipfile.ZipFile(self.out / properties["CodeUri"]) as archive:
                (entry,) = archive.infolist()
                self.assertEqual((entry.filename, entry.external_attr >> 16 & 0o777), ("bootstrap", 0o755))
                self.assertTrue(archive.read(entry).endswith(binaries[name].encode()))
            self.assertNotIn("Metadata", rewritten[name])

    def test_sam_makes_of_it_what_it_makes_of_the_template(self):
        release.release(built(self.bootstraps, 183), "arm64", self.out)
        rewritten = stack.transform_of(yaml_parse((self.out / "template.yaml").read_text()))
        resources = without_metadata(stack.transformed()["Resources"])
        self.assertEqual(without_metadata(rewritten["Resources"]), resources)

    def test_another_architecture_is_the_only_difference(self):
        ours, other = (template.released(SOURCE, name).splitlines() for name in ("arm64", "x86_64"))
        changed = [pair for pair in zip(ours, other, strict=True) if pair[0] != pair[1]]
        self.assertEqual(changed, [("    Architectures: [arm64]", "    Architectures: [x86_64]")])

    def test_equal_binaries_make_equal_zips(self):
        built(self.bootstraps, 62)
        zips = []
        for _ in range(2):
            release.release(self.bootstraps, "x86_64", self.out)
            zips.append({path.name: path.read_bytes() for path in (self.out / "functions").iterdir()})
        self.assertEqual(*zips)

    def test_a_function_that_is_not_built_or_built_for_another_machine_stops_it(self):
        built(self.bootstraps, 62, but=["send-message"])
        with self.assertRaisesRegex(release.Unfit, "not built: send-message"):
            release.release(self.bootstraps, "x86_64", self.out)
        with self.assertRaisesRegex(release.Unfit, "no program for arm64"):
            release.zip_bootstrap(self.bootstraps / "get-user/bootstrap", "arm64", self.out)
        self.assertFalse(self.out.exists())

    def test_a_function_that_is_written_otherwise_is_not_overlooked(self):
        other = SOURCE.replace("      BuildMethod: rust-cargolambda\n", "      BuildMethod: makefile\n", 1)
        with self.assertRaises(template.NotThere):
            template.functions(other)


class Provisioned(unittest.TestCase):
    WANTED = {"send-message": 5}

    def made(self, text, moment, **parameters):
        return stack.transform_of(yaml_parse(template.provisioned(text, self.WANTED, moment)), **parameters)["Resources"]

    def test_the_named_function_is_called_by_an_alias_that_keeps_processes_ready(self):
        for text in (SOURCE, template.released(SOURCE, "arm64")):
            resources = self.made(text, "today")
            alias = resources["SendMessageFunctionAliaslive"]["Properties"]
            self.assertEqual(alias["ProvisionedConcurrencyConfig"], {"ProvisionedConcurrentExecutions": 5})
            paths = resources["Api"]["Properties"]["Body"]["paths"]
            route = paths["/{version}/messages"]["post"]["x-amazon-apigateway-integration"]["uri"]
            self.assertIn("${SendMessageFunctionAliaslive}", route["Fn::Sub"])
            self.assertEqual(len(stack.of_type(resources, "AWS::Lambda::Alias")), 1)

    def test_each_file_publishes_a_new_version_so_that_parameters_reach_it(self):
        versions = [set(stack.of_type(self.made(SOURCE, day), "AWS::Lambda::Version")) for day in ("today", "tomorrow")]
        self.assertEqual([len(names) for names in versions], [1, 1])
        self.assertNotEqual(*versions)

    def test_an_unknown_function_is_refused(self):
        with self.assertRaisesRegex(template.NotThere, "sing"):
            template.provisioned(SOURCE, {"sing": 1}, "today")


def without_metadata(resources):
    keep = lambda resource: {key: value for key, value in resource.items() if key != "Metadata"}  # noqa: E731
    return {name: keep(resource) for name, resource in resources.items()}


if __name__ == "__main__":
    # SAM's own code warns of its own deprecated functions.
    unittest.main(warnings="ignore")
