// Connects as a browser would, says `ready`, and prints each event as a line of JSON until a call has ended.
//
// Takes OPBX_ADDRESS (host:port), OPBX_TOKEN and OPBX_TENANT from the environment.

import Echo from "laravel-echo";
import Pusher from "pusher-js";

const [host, port] = process.env.OPBX_ADDRESS.split(":");
const tenant = process.env.OPBX_TENANT;
const PATIENCE_MS = 20_000;

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const give = (why) => {
  process.stderr.write(`${why}\n`);
  process.exit(1);
};
setTimeout(() => give("nothing more was heard"), PATIENCE_MS).unref();

const options = {
  cluster: "opbx",
  wsHost: host,
  wsPort: Number(port),
  forceTLS: false,
  enabledTransports: ["ws"],
  disableStats: true,
};
const headers = { Authorization: `Bearer ${process.env.OPBX_TOKEN}`, Accept: "application/json" };

// Plain pusher-js, on a private channel, with the endpoint that the original's page calls.
const pusher = new Pusher("opbx", {
  ...options,
  channelAuthorization: { endpoint: `http://${host}:${port}/api/v1/broadcasting/auth`, headers },
});
const channel = pusher.subscribe(`private-org.${tenant}`);

// Laravel Echo, on the presence channel, with the endpoint that the framework calls.
const echo = new Echo({
  broadcaster: "pusher",
  key: "opbx",
  client: new Pusher("opbx", {
    ...options,
    channelAuthorization: { endpoint: `http://${host}:${port}/api/broadcasting/auth`, headers },
  }),
});

const subscribed = new Promise((resolve, reject) => {
  channel.bind("pusher:subscription_succeeded", resolve);
  channel.bind("pusher:subscription_error", (error) => reject(new Error(JSON.stringify(error))));
});
const joined = new Promise((resolve, reject) => {
  echo.join(`org.${tenant}`).here(resolve).error((error) => reject(new Error(JSON.stringify(error))));
});

const ended = ["pusher", "echo"].map(
  (library) =>
    new Promise((resolve) => {
      const hear = (event) => (data) => {
        say({ library, event, call_id: data.call_id });
        if (event === "call.ended") resolve();
      };
      for (const event of ["call.initiated", "call.answered", "call.ended"]) {
        if (library === "pusher") channel.bind(event, hear(event));
        // The dot tells Echo that the name is whole.
        else echo.join(`org.${tenant}`).listen(`.${event}`, hear(event));
      }
    }),
);

try {
  const [, members] = await Promise.all([subscribed, joined]);
  say({ ready: true, members: members.map((member) => member.role) });
  await Promise.all(ended);
} catch (error) {
  give(error.message);
}
process.exit(0);
