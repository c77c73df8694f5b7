// Pictures that are dropped, pasted or chosen.
export function takePictures(drop, input, take) {
  const pictures = files => [...files].filter(one => one.type.startsWith('image/'));
  const give = files => { const found = pictures(files); if (found.length) take(found); };
  input.addEventListener('change', event => { give(event.target.files); event.target.value = ''; });
  drop.addEventListener('dragover', event => { event.preventDefault(); drop.classList.add('over'); });
  drop.addEventListener('dragleave', () => drop.classList.remove('over'));
  drop.addEventListener('drop', event => { event.preventDefault(); drop.classList.remove('over'); give(event.dataTransfer.files); });
  document.addEventListener('paste', event => give(event.clipboardData?.files ?? []));
}
