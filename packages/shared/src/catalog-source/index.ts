export { openCatalogSource, type CatalogSource, type CategoryAnswer } from "./catalog-source.ts";
