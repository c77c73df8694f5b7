// ZIP files of what is compressed already: stored as it is (APPNOTE.TXT 6.3.10: method 0, names in UTF-8).
const TABLE = Uint32Array.from({ length: 256 }, (_, number) => {
  let value = number;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

function crc32(bytes) {
  let value = 0xffffffff;
  for (let at = 0; at < bytes.length; at += 1) value = TABLE[(value ^ bytes[at]) & 255] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

// [[value, bytes], …] as little-endian numbers.
function numbers(...fields) {
  const out = new DataView(new ArrayBuffer(fields.reduce((sum, [, size]) => sum + size, 0)));
  let at = 0;
  for (const [value, size] of fields) { if (size === 4) out.setUint32(at, value, true); else out.setUint16(at, value, true); at += size; }
  return out.buffer;
}

const UTF8 = 0x0800, VERSION = 20, DAY = 0x21; // 1 January 1980
const common = (crc, size, name) => [[UTF8, 2], [0, 2], [0, 2], [DAY, 2], [crc, 4], [size, 4], [size, 4], [name.length, 2], [0, 2]];

// [{ name, file }] → Blob.
export async function zipped(entries) {
  const body = [], list = [];
  let at = 0, listed = 0;
  for (const { name, file } of entries) {
    const letters = new TextEncoder().encode(name);
    const crc = crc32(new Uint8Array(await file.arrayBuffer()));
    const head = numbers([0x04034b50, 4], [VERSION, 2], ...common(crc, file.size, letters));
    const line = numbers([0x02014b50, 4], [VERSION, 2], [VERSION, 2], ...common(crc, file.size, letters), [0, 2], [0, 2], [0, 2], [0, 4], [at, 4]);
    body.push(head, letters, file);
    list.push(line, letters);
    at += head.byteLength + letters.length + file.size;
    listed += line.byteLength + letters.length;
  }
  const end = numbers([0x06054b50, 4], [0, 2], [0, 2], [entries.length, 2], [entries.length, 2], [listed, 4], [at, 4], [0, 2]);
  return new Blob([...body, ...list, end], { type: 'application/zip' });
}
