// A program at the REST API: signed in by a token, beside the browser. For what a test needs and does not test.

const ANSWER_MS_MAX = 30_000;

/** An answer of the API, as loose as a test reads it. */
export type Json = any;

export class Rest {
  private constructor(private readonly base: string, private readonly token: string) {}

  static async signIn(base: string, email: string, password: string): Promise<Rest> {
    const nobody = new Rest(base, "");
    const { access_token: token } = await nobody.post("/auth/login", { email, password });
    return new Rest(base, token);
  }

  async ask(method: string, path: string, body?: Json): Promise<{ status: number; body: Json }> {
    const headers: Record<string, string> = { accept: "application/json", prefer: "handling=strict" };
    if (this.token) headers["authorization"] = `Bearer ${this.token}`;
    if (body !== undefined) headers["content-type"] = "application/json";
    const answer = await fetch(`${this.base}/api/v1${path}`, {
      method, headers, signal: AbortSignal.timeout(ANSWER_MS_MAX), ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text && answer.headers.get("content-type")?.includes("json") ? JSON.parse(text) : text };
  }

  /** As `ask`, where anything but success is a fault of the test. */
  private async done(method: string, path: string, body?: Json): Promise<Json> {
    const answer = await this.ask(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  get(path: string): Promise<Json> {
    return this.done("GET", path);
  }

  post(path: string, body?: Json): Promise<Json> {
    return this.done("POST", path, body);
  }

  put(path: string, body: Json): Promise<Json> {
    return this.done("PUT", path, body);
  }

  patch(path: string, body: Json): Promise<Json> {
    return this.done("PATCH", path, body);
  }

  delete(path: string): Promise<Json> {
    return this.done("DELETE", path);
  }
}
