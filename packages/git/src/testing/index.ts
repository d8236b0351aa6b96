/** Peers for the tests of those who use this package; production never imports it. */
export { serverToken, startGitServer, type GitServer } from "./git-server.ts";
export { runGit } from "./run-git.ts";
