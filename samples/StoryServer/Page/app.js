import { draw } from './chart.js';

const element = id => document.getElementById(id);
const maxPoints = 400;
let points = [], report = null, drawing = false, telling = null;

// ---- training ----

async function loadCurve() {
  points = await (await fetch('api/training/curve')).json();
  redraw();
}

function follow() {
  const events = new EventSource('api/training/events');
  events.addEventListener('open', () => loadCurve().catch(() => {}));
  events.addEventListener('training', event => show(JSON.parse(event.data)));
  events.addEventListener('error', () => {
    element('state').textContent = 'the server does not answer; trying again';
    if (events.readyState === EventSource.CLOSED) setTimeout(follow, 5000); // it was refused, after which the browser does not try again
  });
}

function show(latest) {
  if (report != null && latest.step < points.at(-1)?.step) points = points.filter(point => point.step <= latest.step);
  report = latest;
  const ready = report.modelStep == null ? 'no model yet' : `stories are told by the model of step ${report.modelStep}`;
  setText('state', `${report.state}; ${ready}`);
  setText('step', `${report.step} of ${report.steps}`);
  if (report.loss != null) setText('loss', report.loss.toFixed(3));
  if (report.validationLoss != null) setText('validation', report.validationLoss.toFixed(3));
  if (report.learningRate != null) setText('rate', report.learningRate.toExponential(1));
  if (report.tokensPerSecond != null) setText('speed', Math.round(report.tokensPerSecond).toLocaleString('en'));
  element('progress').max = report.steps;
  element('progress').value = report.step;
  const paused = ['paused', 'stopped', 'faulted', 'idle'].includes(report.state);
  element('pause').textContent = paused ? 'Resume' : 'Pause';
  element('pause').disabled = !paused && report.state !== 'running';
  setProblem('problem', report.problem);
  if (report.loss != null && report.step > (points.at(-1)?.step ?? 0)) {
    points.push({ step: report.step, loss: report.loss, validationLoss: report.validationLoss });
    if (points.length > 2 * maxPoints) loadCurve().catch(() => {}); // the server thins it out
  }
  redraw();
}

function redraw() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    draw(element('chart'), points, report?.steps ?? 0);
    const last = points.findLast(point => Number.isFinite(point.validationLoss));
    if (last) setText('validation', last.validationLoss.toFixed(3));
  });
}

element('pause').addEventListener('click', async () => {
  const action = element('pause').textContent === 'Pause' ? 'pause' : 'resume';
  try {
    show(await answer(await fetch(`api/training/${action}`, { method: 'POST' })));
  } catch (problem) {
    setProblem('problem', problem.message);
  }
});

window.addEventListener('resize', redraw);

// ---- stories ----

const endings = {
  StopToken: 'the end', StopString: 'the end', MaxNewTokens: 'cut short', ContextFull: 'the model can hold no more', TimeLimit: 'out of time',
};

element('form').addEventListener('submit', event => {
  event.preventDefault();
  tell();
});
element('cancel').addEventListener('click', () => telling?.abort());
element('prompt').addEventListener('keydown', event => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) element('form').requestSubmit();
});
document.addEventListener('keydown', event => {
  if (event.key === 'Escape') telling?.abort();
});

async function tell() {
  telling?.abort();
  const abort = telling = new AbortController();
  const prompt = element('prompt').value;
  const request = { prompt, temperature: number('temperature'), topK: number('topK'), topP: number('topP') };
  if (element('seed').value !== '') request.seed = number('seed');

  const beginning = document.createElement('span');
  beginning.className = 'prompt';
  beginning.textContent = prompt;
  const rest = document.createTextNode('');
  element('story').replaceChildren(beginning, rest);
  element('story').setAttribute('aria-busy', 'true');
  element('cancel').disabled = false;
  setProblem('story-problem', null);
  setText('told', 'telling');
  try {
    const response = await fetch('api/stories/stream', {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(request), signal: abort.signal,
    });
    if (!response.ok) await answer(response);
    for await (const { name, data } of events(response.body)) {
      if (name === 'text') rest.appendData(data.text);
      else if (name === 'end') setText('told', `${endings[data.finishReason] ?? data.finishReason}; seed ${data.seed}${data.modelStep == null ? '' : `, model of step ${data.modelStep}`}`);
      else if (name === 'error') throw new Error(data.problem);
    }
  } catch (problem) {
    setText('told', abort.signal.aborted ? 'cancelled' : '');
    if (!abort.signal.aborted) setProblem('story-problem', problem.message);
  }
  if (telling !== abort) return; // another story has begun
  telling = null;
  element('story').setAttribute('aria-busy', 'false');
  element('cancel').disabled = true;
}

// The events of a stream of server-sent events. (EventSource only asks with GET.)
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    buffer += value;
    for (let end; (end = buffer.indexOf('\n\n')) >= 0; buffer = buffer.slice(end + 2)) {
      const fields = Object.fromEntries(buffer.slice(0, end).split('\n').map(line => line.split(/: ?(.*)/s, 2)));
      yield { name: fields.event, data: JSON.parse(fields.data) };
    }
  }
}

// ---- both ----

async function answer(response) {
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(body.detail ?? body.title ?? `The server answered ${response.status}.`);
  return body;
}

const number = id => Number(element(id).value);

function setText(id, text) {
  if (element(id).textContent !== text) element(id).textContent = text;
}

function setProblem(id, problem) {
  element(id).hidden = !problem;
  setText(id, problem ?? '');
}

follow();
