// What being seen by cameras means: a choice for each, said as a list in a hidden field.
function tell(box) {
  const found = [...box.querySelectorAll('[data-camera]')].filter(one => one.value)
    .map(one => ({ name: one.dataset.camera, direction: one.value === 'place' ? null : one.value }));
  box.querySelector('input[type=hidden]').value = found.length ? JSON.stringify(found) : '';
}
for (const box of document.querySelectorAll('[data-directions]')) {
  box.addEventListener('change', () => tell(box), true);
  tell(box);
}
