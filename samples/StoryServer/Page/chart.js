// Draws the learning curve into an SVG element: points are { step, loss, validationLoss }, in order of their steps.
const left = 44, right = 16, top = 12, bottom = 28;

export function draw(svg, points, steps) {
  const width = svg.clientWidth || 640, height = Math.round(width * 0.3 + 90); // one unit a pixel keeps the labels legible
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
  const losses = points.flatMap(point => [point.loss, point.validationLoss]).filter(Number.isFinite);
  const last = Math.max(steps, points.at(-1)?.step ?? 0, 1);
  const interval = roundInterval(Math.max(...losses, 1) / 5);
  const most = Math.ceil(Math.max(...losses, 1) / interval) * interval;
  const x = step => left + step / last * (width - left - right);
  const y = loss => height - bottom - loss / most * (height - top - bottom);

  const marks = [];
  for (let loss = 0; loss <= most + interval / 2; loss += interval) {
    marks.push(line(left, y(loss), width - right, y(loss)), text(left - 6, y(loss) + 4, trim(loss), 'end'));
  }
  const stepInterval = roundInterval(last / (width > 420 ? 6 : 4));
  for (let step = 0; step <= last; step += stepInterval) marks.push(text(x(step), height - 8, String(step), step > 0.9 * last ? 'end' : 'middle'));

  const validation = points.filter(point => Number.isFinite(point.validationLoss));
  const title = svg.querySelector('title');
  title.textContent = losses.length === 0 ? 'Learning curve: no step yet'
    : `Learning curve: training loss ${points.at(-1).loss?.toFixed(2) ?? 'unknown'} after ${points.at(-1).step} steps`
      + (validation.length > 0 ? `, validation loss ${validation.at(-1).validationLoss.toFixed(2)}` : '');
  svg.replaceChildren(title, ...marks,
    path('loss', points.filter(point => Number.isFinite(point.loss)).map(point => [x(point.step), y(point.loss)])),
    path('validation', validation.map(point => [x(point.step), y(point.validationLoss)])),
    ...validation.map(point => node('circle', { cx: x(point.step), cy: y(point.validationLoss), r: 3 })));
}

// The least of 1, 2, 5, 10, 20 and so on, and of their tenths, that is not below the interval.
function roundInterval(interval) {
  const power = 10 ** Math.floor(Math.log10(interval));
  return power * [1, 2, 5, 10].find(factor => factor >= interval / power - 1e-9);
}

const trim = number => String(Number(number.toFixed(6)));
const line = (x1, y1, x2, y2) => node('line', { class: 'grid', x1, y1, x2, y2 });

function text(x, y, content, anchor) {
  const element = node('text', { x, y, 'text-anchor': anchor });
  element.textContent = content;
  return element;
}

const path = (name, points) => node('path', { class: name, d: points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('') });

function node(name, attributes) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}
