// Slack as Vercel Labs' `emulate` has it, on a free port of 127.0.0.1. Its first line of output says where.
//
// Four things are added around it, none inside: where its events go, which no public call of it says; a clock that the
// test moves; a window on what somebody sees in Slack that no method of Slack's tells: modals, the app's home, and what
// is shown to one person alone; and arguments in the address.
import { createEmulator } from "emulate";

const { seed, events, receiver, now } = JSON.parse(process.argv[2]);

let clock = now;
Date.now = () => clock;

// The plugin itself stands inside the package under a name made from its contents, which the pinned version keeps.
const { slackPlugin, getSlackStore } = await import(
  new URL("./dist-6ZQHD4DN.js", import.meta.resolve("emulate"))
);
const register = slackPlugin.register;
slackPlugin.register = (app, store, webhooks, ...rest) => {
  webhooks.register({ url: receiver, events, active: true, owner: "slack" });
  app.use("*", async (c, next) => {
    // Slack takes arguments from the address as well, where its own library puts them for some methods; the emulator
    // reads the body alone.
    const { search } = new URL(c.req.url);
    if (c.req.method === "POST" && search) {
      const body = await c.req.text();
      c.req.text = async () => [body, search.slice(1)].filter(Boolean).join("&");
    }
    await next();
  });
  app.post("/clock", async (c) => {
    clock = (await c.req.json()).now;
    return c.json({});
  });
  app.get("/window", (c) => {
    const slack = getSlackStore(store);
    return c.json({ views: slack.views.all(), whispers: slack.ephemeralMessages.all() });
  });
  register(app, store, webhooks, ...rest);
};

const { url } = await createEmulator({
  service: "slack",
  hostname: "127.0.0.1",
  port: 0,
  seed: { tokens: {}, slack: seed },
});
console.log(url.replace("localhost", "127.0.0.1"));
