"""The CDK's construct of `deploy/cdk`: what it puts into a stack is the template. `./do construct` gets the CDK for it."""

import json
import subprocess
import tempfile
import unittest
from pathlib import Path

import stack
import test_release

CONSTRUCT = stack.ROOT / "deploy/cdk"
APP = """
const { App, CfnOutput, Stack } = require("aws-cdk-lib");
const { Halley } = require("./halley.js");
const app = new App({ outdir: process.argv[2] });
const chat = new Stack(app, "chat");
const halley = new Halley(chat, "Halley", { folder: process.argv[1], parameters: { MemorySize: 1024 } });
new CfnOutput(chat, "Url", { value: halley.output("ApiUrl") });
app.synth();
"""


@unittest.skipUnless((CONSTRUCT / "node_modules").is_dir(), "no CDK; `./do construct` gets it")
class Constructed(unittest.TestCase):
    def test_a_stack_with_it_has_what_the_template_has_and_the_zips_as_assets(self):
        with tempfile.TemporaryDirectory() as folder:
            bootstraps, dist, out = (Path(folder, name) for name in ("lambda", "dist", "out"))
            bootstraps.mkdir()
            test_release.release.release(test_release.built(bootstraps, 183), "arm64", dist)
            subprocess.run(["node", "-e", APP, dist, out], cwd=CONSTRUCT, check=True, timeout=300, capture_output=True)
            made = json.loads((out / "chat.template.json").read_text())
            assets = json.loads((out / "chat.assets.json").read_text())["files"]
            expected = test_release.yaml_parse((dist / "template.yaml").read_text())
            self.compare(made, json.loads(json.dumps(expected)), assets)

    def compare(self, made, expected, assets):
        self.assertEqual(made["Outputs"].pop("Url")["Value"], expected["Outputs"]["ApiUrl"]["Value"])
        # The CDK's own: which version of its bootstrap stack it wants.
        for part in ("Parameters", "Rules"):
            made[part] = {name: entry for name, entry in made[part].items() if name in expected[part]}
        expected["Parameters"]["MemorySize"]["Default"] = 1024
        names = set()
        for name, resource in expected["Resources"].items():
            if resource["Type"] == test_release.FUNCTION:
                code = made["Resources"][name]["Properties"].pop("CodeUri")
                names.add(resource["Properties"].pop("CodeUri").rpartition("/")[2])
                self.assertIn(code["Key"].removesuffix(".zip"), assets, name)
        self.assertGreater(len(names), 80)
        self.assertEqual(made.pop("Transform"), expected.pop("Transform"))
        self.assertEqual(made, expected)


if __name__ == "__main__":
    # SAM's own code warns of its own deprecated functions.
    unittest.main(warnings="ignore")
