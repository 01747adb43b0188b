"""What README.md, CONTRIBUTING.md, docs/ and the workflows say of the deployment, held to what is there, in both directions.
`tests/emulator/test_commands.py` runs what can be run of it."""

import re
import subprocess
import unittest

import stack
from samcli.yamlhelper import yaml_parse

WORKFLOWS = stack.ROOT / ".github/workflows"
PAGES = [*stack.ROOT.glob("*.md"), *(stack.ROOT / "docs").glob("*.md")]


def page(name):
    return (stack.ROOT / "docs" / name).read_text()


def section(name, heading):
    """A part of a page, up to the next heading of its kind."""
    _, rest = re.split(rf"^## {heading}$", page(name), flags=re.MULTILINE)
    return rest.partition("\n## ")[0]


def rows(text):
    """The first two columns of each row of a table that begins with something in backticks."""
    return re.findall(r"^\| (`[^|]*) \| ([^|]*) \|", text, re.MULTILINE)


def quoted(text):
    return re.findall(r"`([^`]+)`", text)


class Workflows(unittest.TestCase):
    def steps(self, name):
        jobs = yaml_parse((WORKFLOWS / name).read_text())["jobs"]
        return "\n".join(step.get("run", "") for job in jobs.values() for step in job["steps"])

    def test_ci_runs_what_everybody_runs(self):
        self.assertIn(".ci/run", self.steps("ci.yml"))

    def test_every_command_of_the_workflows_and_documents_is_one_that_is_there(self):
        known = set(re.findall(r"^([a-z-]+)\)", (stack.ROOT / "do").read_text(), re.MULTILINE))
        for path in [*WORKFLOWS.iterdir(), *PAGES, stack.ROOT / ".ci/run"]:
            for command in re.findall(r"\./do ([a-z-]+)", path.read_text()):
                self.assertIn(command, known, path.name)

    def test_every_block_of_the_documents_is_a_shells_and_has_nothing_to_fill_in_by_hand_in_brackets(self):
        for path in PAGES:
            for block in re.findall(r"```sh\n(.*?)```", path.read_text(), re.DOTALL):
                parsed = subprocess.run(["bash", "-n"], input=block, text=True, capture_output=True)
                self.assertEqual((parsed.returncode, parsed.stderr), (0, ""), path.name)
                if path.name in ("deploy.md", "operations.md"):
                    self.assertIsNone(re.search(r"<[\w ]+>", block.replace("<port>", "")), path.name)


class Deploying(unittest.TestCase):
    def test_the_table_of_parameters_has_all_of_them_with_their_defaults(self):
        described = {}
        for names, defaults in rows(section("deploy.md", "Parameters")):
            names, defaults = quoted(names), [each.strip("` ") for each in defaults.split(",")]
            described |= dict(zip(names, defaults * len(names) if len(defaults) == 1 else defaults, strict=True))
        parameters = stack.source()["Parameters"]
        self.assertEqual(described, {name: str(said["Default"]) or "none" for name, said in parameters.items()})

    def test_parameters_and_outputs_that_commands_name_are_there(self):
        template = stack.source()
        for path in PAGES:
            for overrides in re.findall(r"--parameter-overrides ((?:[^`\n\\]|\\\n)*)", path.read_text()):
                for name in re.findall(r"(?:^|[\s'])(\w+)=", overrides):
                    self.assertIn(name, template["Parameters"], path.name)
            for name in re.findall(r"\$\(output (\w+)\)|the outputs? `?(\w+)`?", path.read_text()):
                self.assertIn(max(name), template["Outputs"], path.name)


class Operating(unittest.TestCase):
    def of_stack(self, kind, key, start):
        """What follows the names of stack and stage in a name that each resource of a type has."""
        found = stack.of_type(stack.deployed(), kind).values()
        return {properties[key]["Fn::Sub"].removeprefix(start) for properties in found}

    def test_each_alarm_has_its_row_that_says_what_to_do_and_each_row_its_alarm(self):
        described = [name for names, _ in rows(section("operations.md", "Alarms")) for name in quoted(names)]
        alarms = self.of_stack("AWS::CloudWatch::Alarm", "AlarmName", "${AWS::StackName}-prod-")
        self.assertEqual(sorted(described), sorted(alarms))

    def test_each_saved_query_has_its_row_and_each_row_its_query(self):
        described = [name for names, _ in rows(section("operations.md", "What to watch")) for name in quoted(names)]
        queries = self.of_stack("AWS::Logs::QueryDefinition", "Name", "${AWS::StackName}/")
        self.assertEqual(sorted(described), sorted(queries))

    def test_what_an_alarm_tells_to_run_is_a_saved_query(self):
        queries = self.of_stack("AWS::Logs::QueryDefinition", "Name", "${AWS::StackName}/")
        asked = re.findall(r"run `([\w-]+)`", section("operations.md", "Alarms"))
        self.assertTrue(asked)
        self.assertLessEqual(set(asked), queries)


if __name__ == "__main__":
    # SAM's own code warns of its own deprecated functions.
    unittest.main(warnings="ignore")
