// Where the page starts. Without a page, in tests, only the verifier is offered.

import { passesSelfTest } from "./selftest.js";
import { start } from "./ui/app.js";
import { table } from "./ui/csv.js";
import { Verifier } from "./verifier.js";

globalThis.kexin = { Verifier, passesSelfTest, table };
if (typeof document !== "undefined") start();
