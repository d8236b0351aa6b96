import { html, Html, type HtmlValue } from "./html.ts";

export interface Page {
  readonly title: string;
  /** Where the page stands: name and address, from the outside in. */
  readonly trail: readonly (readonly [name: string, href: string])[];
  /** Said above everything else: what went wrong. */
  readonly fault?: string | undefined;
  readonly body: HtmlValue;
}

/** A whole page of the sandbox. */
export function layout({ title, trail, fault, body }: Page): string {
  const crumbs = trail.map(([name, href], at) => html`${at === 0 ? "" : " / "}<a href="${href}">${name}</a>`);
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          ${style}
        </style>
      </head>
      <body>
        <header><nav aria-label="Breadcrumb">${crumbs}</nav></header>
        <main>
          <h1>${title}</h1>
          ${fault === undefined ? "" : html`<p class="fault" role="alert">${fault}</p>`} ${body}
        </main>
      </body>
    </html>`;
  return page.text;
}

/** What every page's answer allows: its own style, its own forms, no script at all. */
export const pageHeaders = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy":
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
  "cache-control": "no-store",
} as const;

const style = new Html(`
:root { color-scheme: light dark; --line: light-dark(#d0d7de, #373e47); --soft: light-dark(#57606a, #a0a9b4);
  --back: light-dark(#f6f8fa, #1c2128); --link: light-dark(#0550ae, #6cb6ff);
  --add: light-dark(#dafbe1, #12361f); --del: light-dark(#ffebe9, #4b1a1d); }
* { box-sizing: border-box; }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; background: light-dark(#fff, #22272e); color: light-dark(#1f2328, #dfe5ec); }
header { padding: .75rem 1.5rem; border-bottom: 1px solid var(--line); background: var(--back); }
main { max-width: 64rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.5rem; margin: 0 0 1rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
a { color: var(--link); } :focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
ul.rows { list-style: none; padding: 0; margin: 0; border: 1px solid var(--line); border-radius: .5rem; }
ul.rows li { padding: .5rem .75rem; overflow-wrap: anywhere; } ul.rows li + li { border-top: 1px solid var(--line); }
small, .soft { color: var(--soft); } .empty { color: var(--soft); }
pre, textarea { font: .85rem/1.45 ui-monospace, monospace; }
pre { overflow-x: auto; margin: 0; padding: .75rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--back); }
pre span { display: block; min-height: 1.45em; } .add { background: var(--add); } .del { background: var(--del); } .hunk { color: var(--soft); }
.body { border: 1px solid var(--line); border-radius: .5rem; padding: .25rem 1rem; }
.badge { display: inline-block; padding: 0 .6rem; border-radius: 1rem; border: 1px solid currentColor; font-size: .85rem; }
.open { color: light-dark(#1a7f37, #57ab5a); } .closed { color: light-dark(#cf222e, #f47067); } .merged { color: light-dark(#8250df, #b083f0); }
form { display: inline-flex; gap: .5rem; flex-wrap: wrap; align-items: center; margin: .25rem .5rem .25rem 0; }
form.tall { display: flex; flex-direction: column; align-items: stretch; }
button, select, input, textarea { font: inherit; color: inherit; background: var(--back); border: 1px solid var(--soft); border-radius: .375rem; padding: .35rem .75rem; }
textarea { font: .85rem/1.45 ui-monospace, monospace; min-height: 20rem; width: 100%; } button { cursor: pointer; }
.fault { border: 1px solid light-dark(#cf222e, #f47067); border-radius: .5rem; padding: .5rem .75rem; background: var(--del); white-space: pre-wrap; }
table { border-collapse: collapse; } th, td { text-align: start; padding: .25rem .75rem .25rem 0; }
`);
