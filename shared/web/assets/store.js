// What waits on this device until it has been sent: photos and acts, in IndexedDB. One record a thing, by its key.
let opened;

function open() {
  opened ||= new Promise((resolve, reject) => {
    const request = indexedDB.open("ccrm", 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("uploads", { keyPath: "key" });
      request.result.createObjectStore("acts", { keyPath: "key" });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

async function run(name, mode, work) {
  const db = await open();
  return new Promise((resolve, reject) => {
    const transaction = db.transaction(name, mode);
    const request = work(transaction.objectStore(name));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

export const put = (name, record) => run(name, "readwrite", (store) => store.put(record));
export const get = (name, key) => run(name, "readonly", (store) => store.get(key));
export const all = (name) => run(name, "readonly", (store) => store.getAll());
export const drop = (name, key) => run(name, "readwrite", (store) => store.delete(key));

// Under this name one window tells the others that somebody has signed in in it.
export const SIGNED_IN = "ccrm-signed-in";

// A UUID also where the page is served over plain http and crypto.randomUUID is not there.
export function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
