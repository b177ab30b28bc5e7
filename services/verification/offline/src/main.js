// Where the page starts. Without a page, in tests, only the verifier is offered.

import { passesSelfTest } from "./selftest.js";
import { Verifier } from "./verifier.js";

globalThis.kexin = { Verifier, passesSelfTest };
