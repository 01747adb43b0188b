// Halley as a construct of the CDK: a released folder (`./do dist`, or a release's archive) in a stack of one's own.
//
//     const { Halley } = require("halley-cdk");
//     const halley = new Halley(stack, "Halley", { folder: "halley", parameters: { MemorySize: 1024 } });
//     new CfnOutput(stack, "Url", { value: halley.output("ApiUrl") });
//
// The template stays as it is: resources, alarms, parameters, outputs. The functions' zips become assets, which `cdk
// deploy` uploads. `parameters` are other defaults than the template's; `cdk deploy --parameters` still overrides them.
//
// Not by the CDK's own `CfnInclude`: it refuses names that SAM makes, such as those of the functions' roles.

const fs = require("node:fs");
const path = require("node:path");
const { CfnElement, Token } = require("aws-cdk-lib");
const { Asset } = require("aws-cdk-lib/aws-s3-assets");
const { Construct } = require("constructs");
const { yamlParse } = require("yaml-cfn");

/** A template as it is, inside the one of the stack. */
class Template extends CfnElement {
  constructor(scope, id, text) {
    super(scope, id);
    this.text = text;
  }

  _toCloudFormation() {
    return this.text;
  }
}

class Halley extends Construct {
  constructor(scope, id, { folder, parameters = {} }) {
    super(scope, id);
    this.text = yamlParse(fs.readFileSync(path.join(folder, "template.yaml"), "utf8"));
    for (const [name, value] of Object.entries(parameters)) {
      if (!this.text.Parameters[name]) throw new Error(`Halley has no parameter ${name}`);
      this.text.Parameters[name].Default = value;
    }
    for (const [name, { Type, Properties }] of Object.entries(this.text.Resources)) {
      if (Type !== "AWS::Serverless::Function") continue;
      const asset = new Asset(this, name, { path: path.join(folder, Properties.CodeUri) });
      Properties.CodeUri = { Bucket: asset.s3BucketName, Key: asset.s3ObjectKey };
    }
    new Template(this, "Template", this.text);
  }

  /** The value of an output of the template, such as `ApiUrl`, `TableName` or `BucketName`. */
  output(name) {
    if (!this.text.Outputs[name]) throw new Error(`Halley has no output ${name}`);
    return Token.asString(this.text.Outputs[name].Value);
  }
}

module.exports = { Halley };
