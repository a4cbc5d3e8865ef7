// Files for the server, with how far they are: the one thing that `fetch` cannot tell.

import { pageLanguage, type Problem, proofOf, Refused } from "./client";
import { sessionEnded } from "./session";

export interface Upload {
  method: "POST" | "PUT";
  /** Below `/api/v1/`. */
  path: string;
  form: FormData;
  /** From 0 to 1. */
  onProgress?: (part: number) => void;
  signal?: AbortSignal;
}

/** Sends a form of parts; answers as `ask` does, refuses as it does, and tells as it does that the session is over. */
export function upload<T>({ method, path, form, onProgress, signal }: Upload): Promise<T> {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open(method, `/api/v1/${path}`);
    request.responseType = "json";
    const proof = proofOf();
    const language = pageLanguage();
    const headers = { Accept: "application/json", ...(language && { "Accept-Language": language }), "X-Auth-Mode": "cookie", "Idempotency-Key": crypto.randomUUID(), ...(proof && { "X-CSRF-Token": proof }) };
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded, total, lengthComputable }) => lengthComputable && onProgress?.(loaded / total);
    request.onerror = () => failed(new TypeError("the server could not be reached"));
    request.onabort = () => failed(new DOMException("the upload was given up", "AbortError"));
    request.onload = () => {
      const answer: unknown = request.response;
      if (request.status >= 200 && request.status < 300) return done(answer as T);
      if (request.status === 401) sessionEnded(true);
      const said = typeof answer === "object" && answer !== null && "message" in answer;
      failed(new Refused(request.status, said ? (answer as Problem) : { message: `${request.status} ${request.statusText}`.trim(), request_id: "" }, undefined));
    };
    signal?.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}
