// Checks resources of KEDA and of the Prometheus operator (JSON array on standard input) against the schemas
// of their definitions. Prints one line a fault.
const fs = require("node:fs");
const path = require("node:path");
const { pathToFileURL } = require("node:url");

const packages = {
  "keda.sh/v1alpha1": "@kubernetes-models/keda/keda.sh/v1alpha1/index.js",
  "monitoring.coreos.com/v1": "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/index.js",
};

async function main() {
  for (const resource of JSON.parse(fs.readFileSync(0, "utf8"))) {
    const name = `${resource.kind} ${resource.metadata?.name}`;
    const file = packages[resource.apiVersion];
    const kinds = file ? await import(pathToFileURL(path.join(process.env.NODE_PATH, file))) : {};
    const Kind = kinds[resource.kind];
    if (!Kind) {
      console.log(`${name}: no schema`);
      continue;
    }
    try {
      new Kind(resource).validate();
    } catch (error) {
      console.log(`${name}: ${error.message}`);
    }
  }
}

main();
