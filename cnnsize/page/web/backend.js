// The two back ends: `cnnsize serve` on this machine, and Python in the browser.
const PATIENCE = 20000; // ms for an answer

export class Server {
  ask(question) { return this.post("api/answer", question); }

  async post(path, question) {
    const headers = { "content-type": "application/json" }, signal = AbortSignal.timeout(PATIENCE);
    try {
      const response = await fetch(path, { method: "POST", headers, body: JSON.stringify(question), signal });
      return response.ok ? await response.json() : { error: (await response.text()).trim() };
    } catch (error) {
      if (error.name === "TimeoutError") return { error: "this network takes too long here; use the command line" };
      return { error: "the server does not answer; is `cnnsize serve` still running?", isGone: true };
    }
  }
}

export class Browser { // a worker runs Python, so that typing never waits for it
  constructor() { this.start(); }

  start() {
    this.isReady = false;
    this.done = null;
    this.worker = new Worker("worker.js", { type: "module" });
    this.worker.onmessage = ({ data }) => {
      if (data.isReady) { this.isReady = true; this.limit(); } else this.finish(data);
    };
    this.worker.onerror = () => this.finish({ error: "Python could not be started in this browser" });
  }

  ask(question) { // one question at a time
    return new Promise((done) => {
      this.done = done;
      this.worker.postMessage(question);
      if (this.isReady) this.limit();
    });
  }

  limit() { // starting may take as long as it needs
    clearTimeout(this.timer);
    if (this.done === null) return;
    this.timer = setTimeout(() => {
      const done = this.done;
      this.worker.terminate();
      this.start();
      done({ error: "this network takes too long in a browser; use the command line" });
    }, PATIENCE);
  }

  finish(answer) {
    clearTimeout(this.timer);
    const done = this.done;
    this.done = null;
    done?.(answer);
  }
}
