// <photo-box name="photos" case="ID" kind="photo" phase="before" label="…" hint="…">: takes photos or picks files, makes photos
// small on the phone, keeps them on the device until they are sent. Its value is the list of attachment ids.
import { drop, newKey, put } from "./store.js";
import { pendingValue, Problem, Unreachable, upload } from "./send.js";

const words = document.documentElement.dataset;
const LONGEST = 1600;
const SMALL_ENOUGH = 300 * 1024;

async function shrunk(file) {
  if (!file.type.startsWith("image/") || file.type === "image/gif") return file;
  try {
    const image = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST / Math.max(image.width, image.height));
    if (scale === 1 && file.size <= SMALL_ENOUGH) return file;
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(image.width * scale);
    canvas.height = Math.round(image.height * scale);
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    image.close();
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.82));
    return blob && blob.size < file.size ? blob : file;
  } catch {
    // What the browser cannot decode (HEIC on many), the server can.
    return file;
  }
}

class PhotoBox extends HTMLElement {
  connectedCallback() {
    if (this.list) return;
    this.items = [];
    const id = `photos-${newKey().slice(0, 8)}`;
    const label = document.createElement("label");
    label.className = "btn photo-add";
    label.htmlFor = id;
    label.textContent = this.getAttribute("label") || words.wordAddPhotos;
    this.file = Object.assign(document.createElement("input"), { type: "file", id, multiple: true, className: "visually-hidden" });
    this.file.accept = this.getAttribute("accept") || "image/*";
    this.file.addEventListener("change", () => this.add([...this.file.files]));
    this.list = Object.assign(document.createElement("ul"), { className: "photos" });
    this.note = Object.assign(document.createElement("p"), { className: "form-hint", textContent: this.getAttribute("hint") || "" });
    this.note.setAttribute("role", "status");
    this.append(label, this.file, this.list, this.note);
    label.before(this.file);
  }

  // The form reads this: ids of what has been sent, and marks of what waits.
  get value() {
    return this.items.filter((item) => !item.refused).map((item) => item.attachment || pendingValue(item.key));
  }

  get keys() {
    return this.items.map((item) => item.key);
  }

  async add(files) {
    this.file.value = "";
    for (const file of files) {
      const blob = await shrunk(file);
      const item = {
        key: newKey(), kind: this.getAttribute("kind") || "photo", phase: this.getAttribute("phase") || "",
        complaint: this.getAttribute("case") || "", name: file.name || "photo.jpg", blob,
      };
      await put("uploads", item);
      this.items.push(item);
      this.draw(item);
      this.send(item);
    }
  }

  async send(item) {
    this.mark(item, "sending");
    try {
      item.attachment = (await upload(item)).attachment;
      await put("uploads", { ...item, blob: null });
      this.mark(item, "sent");
      this.dispatchEvent(new Event("change", { bubbles: true }));
    } catch (error) {
      if (error instanceof Unreachable || error.status === 401) {
        this.mark(item, "waiting");
      } else if (error instanceof Problem) {
        item.refused = true;
        await drop("uploads", item.key);
        this.mark(item, "refused", error.message);
      } else throw error;
    }
  }

  draw(item) {
    const row = document.createElement("li");
    row.dataset.key = item.key;
    if (item.blob.type.startsWith("image/")) {
      const image = Object.assign(document.createElement("img"), { alt: item.name, width: 96, height: 96 });
      // blob: addresses are forbidden by the page's policy; a data: address is not.
      const reader = new FileReader();
      reader.onload = () => { image.src = reader.result; };
      reader.readAsDataURL(item.blob);
      row.append(image);
    } else {
      row.append(Object.assign(document.createElement("span"), { className: "file", textContent: item.name }));
    }
    const state = Object.assign(document.createElement("span"), { className: "state" });
    const remove = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm", textContent: words.wordRemove });
    remove.setAttribute("aria-label", `${words.wordRemove} ${item.name}`);
    remove.addEventListener("click", async () => {
      this.items = this.items.filter((other) => other !== item);
      row.remove();
      await drop("uploads", item.key);
      this.dispatchEvent(new Event("change", { bubbles: true }));
    });
    row.append(state, remove);
    this.list.append(row);
  }

  mark(item, state, text) {
    const row = this.list.querySelector(`[data-key="${item.key}"]`);
    if (!row) return;
    row.dataset.state = state;
    const told = {
      sending: words.wordUploading, sent: words.wordUploaded, waiting: words.wordUploadWaiting, refused: text || words.wordRefused,
    };
    row.querySelector(".state").textContent = told[state];
    if (state === "refused") this.note.textContent = text;
  }

  clear() {
    this.items = [];
    this.list.replaceChildren();
  }
}
customElements.define("photo-box", PhotoBox);
