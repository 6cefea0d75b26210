/** What becomes of an answer that is no success, or that no Cevvo server gives. */
import { VERSION } from '../version.ts';
import {
  APIError,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  type ErrorBody,
  InternalServerError,
  NotFoundError,
  PayloadTooLargeError,
  PermissionDeniedError,
  RateLimitError,
} from './errors.ts';

/** A request, as messages name it: `GET http://127.0.0.1:8420/api/v1/sources`. */
export type Name = string;

export const REMEDY =
  'Check that the server is up and the base URL right, such as http://127.0.0.1:8420/api/v1.';
const KINDS: Record<number, typeof APIError> = {
  400: BadRequestError,
  401: AuthenticationError,
  403: PermissionDeniedError,
  404: NotFoundError,
  409: ConflictError,
  413: PayloadTooLargeError,
  429: RateLimitError,
};

/** The error that an answer with an error status is. */
export async function apiError(response: Response, request: Name): Promise<APIError> {
  const { status, headers } = response;
  const body = await errorBody(response);
  const Kind = KINDS[status] ?? (status >= 500 ? InternalServerError : APIError);
  return new Kind(status, { ...body, message: message(response, body, request) }, headers);
}

/** The error that an answer is which no Cevvo server gives. */
export function noApi(response: Response, request: Name): APIError {
  return new APIError(response.status, { message: foreign(response, request) }, response.headers);
}

function foreign({ status, headers }: Response, request: Name): string {
  const type = headers.get('content-type');
  return `${request} answered ${status} with ${type}, no JSON. ${REMEDY}`;
}

/** The `error` object of the answer; a proxy's page or nothing at all gives an empty one. */
async function errorBody(response: Response): Promise<ErrorBody> {
  const text = await response.text();
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    return typeof error === 'object' && error !== null ? error : {};
  } catch {
    return {};
  }
}

function message(response: Response, body: ErrorBody, request: Name): string {
  const { status, headers } = response;
  const location = headers.get('location');
  if (location) return `${request} is redirected to ${location}: set the base URL to that.`;
  // A redirect has no status and no location in a browser.
  const missing = status === 404 || status === 405 || !status;
  if (!body.message) return missing ? foreign(response, request) : `${request} answered ${status}.`;
  if (!missing || (status === 404 && !body.message.startsWith('There is no /'))) {
    return body.message;
  }
  return `${body.message} The server is older than this client (${VERSION}), or: ${REMEDY}`;
}

const responses = new WeakMap<object, Response>();

/** The response that a result came in, for its status and headers; its body has been read. */
export function responseOf(result: object): Response | undefined {
  return responses.get(result);
}

/** Notes it for `responseOf`; the request's id is on the result, too, as a hidden `request_id`. */
export function remember<T extends object>(value: T, response: Response): T {
  responses.set(value, response); // throws a TypeError for what is no object
  const id = response.headers.get('x-request-id');
  return Object.defineProperty(value, 'request_id', { value: id });
}
