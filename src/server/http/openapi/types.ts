import type { JsonSchema } from '../request/query-parameters.ts';

/** The part of an OpenAPI 3.1 document that this API uses. */
export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly servers: readonly { readonly url: string }[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly paths: { readonly [path: string]: { readonly [method: string]: OpenApiOperation } };
  readonly components: {
    readonly securitySchemes: JsonSchema;
    readonly headers: Readonly<Record<string, OpenApiHeader>>;
    readonly schemas: Readonly<Record<string, JsonSchema>>;
  };
}

/** One method of one path. */
export interface OpenApiOperation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly security?: OpenApiDocument['security'];
  readonly parameters: readonly OpenApiParameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: OpenApiContent };
  readonly responses: { readonly [status: string]: OpenApiResponse };
}

/** A part of a request other than its body. */
export interface OpenApiParameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description: string;
  readonly schema: JsonSchema;
}

/** The response of one status. */
export interface OpenApiResponse {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { readonly $ref: string }>>;
  readonly content?: OpenApiContent;
}

/** A header that a response always has. */
export interface OpenApiHeader {
  readonly description: string;
  readonly required: true;
  readonly schema: JsonSchema;
}

/** The schemas of a body, by its content type. */
export interface OpenApiContent {
  readonly [contentType: string]: { readonly schema: JsonSchema };
}
