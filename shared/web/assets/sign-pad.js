// <sign-pad name="signature" label="…">: signs with finger, pen or mouse; the value is a PNG as a data URL.
// Who cannot draw types the name instead: the field beneath is a form field like any other.
const INK = "#14213d";

class SignPad extends HTMLElement {
  static formAssociated = true;

  constructor() {
    super();
    this.internals = this.attachInternals?.();
    this.strokes = 0;
  }

  connectedCallback() {
    if (this.canvas) return;
    const label = this.getAttribute("label") || "";
    this.canvas = document.createElement("canvas");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", label);
    this.clearButton = document.createElement("button");
    this.clearButton.type = "button";
    this.clearButton.className = "btn btn-sm";
    this.clearButton.textContent = this.getAttribute("clear") || document.documentElement.dataset.wordClear;
    this.clearButton.addEventListener("click", () => this.clear());
    this.append(this.canvas, this.clearButton);
    this.input = document.createElement("input");
    this.input.type = "hidden";
    this.input.name = this.getAttribute("name") || "signature";
    this.append(this.input);
    this.canvas.addEventListener("pointerdown", (event) => this.begin(event));
    this.canvas.addEventListener("pointermove", (event) => this.draw(event));
    for (const end of ["pointerup", "pointercancel", "pointerleave"]) {
      this.canvas.addEventListener(end, () => this.end());
    }
    new ResizeObserver(() => this.fit()).observe(this.canvas);
  }

  get value() {
    return this.input?.value || "";
  }

  fit() {
    const { width, height } = this.canvas.getBoundingClientRect();
    if (!width || this.drawing) return;
    const scale = Math.min(window.devicePixelRatio || 1, 2);
    const wide = Math.round(width * scale);
    const high = Math.round(height * scale);
    if (this.canvas.width === wide && this.canvas.height === high) return;
    const kept = this.strokes ? this.canvas.toDataURL("image/png") : null;
    this.canvas.width = wide;
    this.canvas.height = high;
    this.pen = this.canvas.getContext("2d");
    this.pen.lineWidth = 2.4 * scale;
    this.pen.lineCap = this.pen.lineJoin = "round";
    this.pen.strokeStyle = INK;
    this.scale = scale;
    if (kept) {
      const image = new Image();
      image.onload = () => this.pen.drawImage(image, 0, 0, wide, high);
      image.src = kept;
    }
  }

  at(event) {
    const box = this.canvas.getBoundingClientRect();
    return [(event.clientX - box.left) * this.scale, (event.clientY - box.top) * this.scale];
  }

  begin(event) {
    if (event.button > 0) return;
    event.preventDefault();
    this.fit();
    this.canvas.setPointerCapture?.(event.pointerId);
    this.drawing = true;
    this.pen.beginPath();
    this.pen.moveTo(...this.at(event));
  }

  draw(event) {
    if (!this.drawing) return;
    event.preventDefault();
    for (const each of event.getCoalescedEvents?.() || [event]) this.pen.lineTo(...this.at(each));
    this.pen.stroke();
    this.strokes += 1;
  }

  end() {
    if (!this.drawing) return;
    this.drawing = false;
    if (this.strokes < 2) return;
    this.input.value = this.small();
    this.dispatchEvent(new Event("input", { bubbles: true }));
    this.dispatchEvent(new Event("change", { bubbles: true }));
  }

  // At most 600 px wide: a signature is read by people, and it travels with the command.
  small() {
    const wide = Math.min(this.canvas.width, 600);
    if (wide === this.canvas.width) return this.canvas.toDataURL("image/png");
    const copy = document.createElement("canvas");
    copy.width = wide;
    copy.height = Math.round((this.canvas.height * wide) / this.canvas.width);
    copy.getContext("2d").drawImage(this.canvas, 0, 0, copy.width, copy.height);
    return copy.toDataURL("image/png");
  }

  clear() {
    this.pen?.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.strokes = 0;
    this.input.value = "";
    this.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

customElements.define("sign-pad", SignPad);
