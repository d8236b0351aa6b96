export { openCatalogSource, type CatalogSource, type CategoryAnswer } from "./catalog-source.ts";
export { type Validators } from "./validators.ts";
