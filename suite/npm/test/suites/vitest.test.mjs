// What a user of vitest writes; run by runners.test.mjs.
import { conforms } from "wsspec/vitest";

import { echo, listen } from "../servers.mjs";

const filters = (process.env.FILTERS ?? "rfc6455/5.5.2").split(" ");
const known = process.env.KNOWN ? { "rfc6455/8.1/*": process.env.KNOWN } : {};

conforms(() => listen({ lax: process.env.LAX === "1" }), { name: "a server", filters, known });
conforms({ client: echo }, { name: "a client", role: "client", filters: ["rfc6455/5.5.2"] });
