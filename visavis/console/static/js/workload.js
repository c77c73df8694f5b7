// What an agent ought to do: read, changed, sent back as a whole. Masked passwords mean what they meant before.
import { ask } from './server.js';

export async function changeWorkload(agent, change) {
  const now = await ask(`/v1/agents/${agent}`), workload = now.workload ?? { cameras: [] };
  change(workload, !now.workload);
  return ask(`/v1/agents/${agent}/configuration`, { method: 'PUT', body: workload });
}

// A form while something is done: its buttons rest, and what goes wrong is said in it.
export async function during(form, work) {
  const problem = form.querySelector('.problem'), buttons = [...form.querySelectorAll('button')];
  if (problem) problem.textContent = '';
  for (const button of buttons) button.disabled = true;
  try { return await work(); } catch (error) {
    if (problem) { problem.textContent = error.message; problem.scrollIntoView({ block: 'nearest' }); }
    return undefined;
  } finally { for (const button of buttons) button.disabled = false; }
}
