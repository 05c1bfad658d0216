// What Google's csp_evaluator finds wrong with content security policies: a JSON array on standard input, by page;
// its findings of high or medium severity on standard output.

import evaluator from "csp_evaluator/dist/evaluator.js";
import finding from "csp_evaluator/dist/finding.js";
import parser from "csp_evaluator/dist/parser.js";

const { Severity } = finding;
// Not what may be weak where a site hosts JSONP, AngularJS or uploads: these pages' own origin has none of them.
const grave = new Set([Severity.HIGH, Severity.HIGH_MAYBE, Severity.MEDIUM, Severity.SYNTAX]);

let input = "";
for await (const chunk of process.stdin) input += chunk;
const found = [];
for (const { page, policy } of JSON.parse(input)) {
  const parsed = new parser.CspParser(policy).csp;
  for (const one of new evaluator.CspEvaluator(parsed).evaluate()) {
    if (grave.has(one.severity)) found.push(`${page}: ${one.directive} ${one.value ?? ""}: ${one.description}`);
  }
}
process.stdout.write(JSON.stringify(found));
