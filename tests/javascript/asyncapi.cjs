// Parses an AsyncAPI document (standard input) with the official parser. Prints one line a fault.
const fs = require("node:fs");
const { Parser } = require("@asyncapi/parser");

const levels = ["error", "warning", "info", "hint"];

new Parser().parse(fs.readFileSync(0, "utf8")).then(({ document, diagnostics }) => {
  for (const found of diagnostics) {
    console.log(`${levels[found.severity]} ${found.path.join(".")}: ${found.message}`);
  }
  if (document) {
    console.error(`${document.channels().length} channels, ${document.operations().length} operations`);
  }
});
