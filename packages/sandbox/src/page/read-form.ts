import type { FastifyInstance } from "fastify";

/** Lets the server take forms, as URLSearchParams, and only those that its own pages sent. */
export function readForm(app: FastifyInstance): void {
  const form = "application/x-www-form-urlencoded";
  app.addContentTypeParser(form, { parseAs: "string" }, (request, text, done) => {
    const from = request.headers["sec-fetch-site"];
    const isForeign = from !== undefined && from !== "same-origin";
    if (isForeign) done(Object.assign(new Error("This form was sent by another site."), { statusCode: 403 }));
    else done(null, new URLSearchParams(String(text)));
  });
}
