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

const BASE_URL = 'Check the base URL: it ends in /api/v1, such as http://127.0.0.1:8420/api/v1.';
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

/** The error that an answer is which no Cevvo server gives; `what` it is. */
export function noApi(response: Response, request: Name, what: string): APIError {
  const said = `${request} answered with ${what}. ${BASE_URL}`;
  return new APIError(response.status, { message: said }, response.headers);
}

export function mediaType(response: Response): string {
  return response.headers.get('content-type') ?? 'no content type';
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
  // A browser does not say where to.
  const location = response.type === 'opaqueredirect' ? 'another place' : headers.get('location');
  if (location) {
    return (
      `${request} is redirected to ${location}, where no key is sent. ` +
      'Set the base URL to where the server is.'
    );
  }
  if (body.message) {
    const older = status === 405 || (status === 404 && /^There is no \/\S* here\./.test(body.message));
    if (!older) return body.message;
    return (
      `${body.message} The server is older than this client (@cevvo/sdk ${VERSION}), ` +
      'or the base URL is wrong: it ends in /api/v1.'
    );
  }
  if (status === 404 || status === 405) {
    return `${request} answered ${status} with ${mediaType(response)}. ${BASE_URL}`;
  }
  return `${request} answered with status ${status}.`;
}

const responses = new WeakMap<object, Response>();

/** The response that a result came in, for its status and headers; its body has been read. */
export function responseOf(result: object): Response | undefined {
  return responses.get(result);
}

/** Notes it for `responseOf`; the request's id is on the result, too, as a hidden `request_id`. */
export function remember<T>(value: T, response: Response): T {
  if (typeof value === 'object' && value !== null) {
    responses.set(value, response);
    const id = response.headers.get('x-request-id');
    Object.defineProperty(value, 'request_id', { value: id, enumerable: false });
  }
  return value;
}
