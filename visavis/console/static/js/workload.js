// What an agent ought to do: read, changed, sent back as a whole. Masked passwords mean what they meant before.
import { ask, Refused } from './server.js';

const TURNS = 5;
const CLOCK = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

// A change of what is there, whatever it is; or, with the version that was `shown`, of that one only: what somebody
// else saved in the meantime is never overwritten.
export async function changeWorkload(agent, change, shown) {
  for (let turn = 1; ; turn += 1) {
    const now = await ask(`/v1/agents/${agent}`), workload = now.workload ?? { cameras: [] };
    if (shown !== undefined && now.desired !== Number(shown)) throw new Error(faster(now, shown));
    change(workload, !now.workload);
    try {
      return await ask(`/v1/agents/${agent}/configuration`, { method: 'PUT', body: workload, headers: { 'If-Match': `"${now.desired}"` } });
    } catch (error) { if (!(error instanceof Refused && error.status === 412) || turn === TURNS) throw error; }
  }
}

function faster({ desired, versions }, shown) {
  const at = versions.length ? `, on ${CLOCK.format(new Date(versions[0].created_at))}` : '';
  return `Somebody else saved version ${desired} of what this agent does${at}; here you see ${Number(shown) ? `version ${shown}` : 'none yet'}. Yours is not saved, and still stands here. Load the page again to see theirs, and make your change once more.`;
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
